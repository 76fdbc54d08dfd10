"""Owns the proof that plain boto3 takes exports from the local AWS and can trust every byte of them.

Takes its endpoints from the environment (AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_S3), as any
boto3 program does. Prints one summary line; exits with 1 and the differences when there are any.
"""

import base64
import datetime
import gzip
import hashlib
import json
import sys
import time

import boto3
from boto3.dynamodb.types import Binary, TypeDeserializer

BUCKET = "roundtrip-exports"
TABLE = "roundtrip"
ITEMS = 200
DEADLINE_SECONDS = 60

dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")
differences = []


def check(holds, what):
    if not holds:
        differences.append(what)


def wait_for(what, ready):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        answer = ready()
        if answer is not None:
            return answer
        time.sleep(0.1)
    sys.exit(f"gave up waiting for {what}")


def key(number):
    return {"pk": {"S": f"item-{number % 7}"}, "sk": {"N": str(number)}}


def make_table():
    s3.create_bucket(Bucket=BUCKET)
    table = dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})

    def enable():
        try:
            dynamodb.update_continuous_backups(
                TableName=TABLE,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            return True
        except dynamodb.exceptions.ContinuousBackupsUnavailableException:
            return None

    wait_for("recovery to be switched on", enable)
    return table["TableArn"]


def write_first():
    for number in range(ITEMS):
        item = key(number) | {
            "text": {"S": f"Zürich 💥 {number}"},
            "number": {"N": "12345678901234567890123456789012345678"},
            "bytes": {"B": b"\x00\xff"},
            "yes": {"BOOL": True},
            "nothing": {"NULL": True},
            "texts": {"SS": ["a", "b"]},
            "numbers": {"NS": ["1", "2.5"]},
            "blobs": {"BS": [b"x", b"y"]},
            "list": {"L": [{"N": "1"}, {"M": {"deep": {"S": "x"}}}]},
            "user-name": {"M": {"10": {"N": "1"}}},
        }
        dynamodb.put_item(TableName=TABLE, Item=item)


def write_second():
    """Every fate a key can have in a window, and what a window's record of it must be."""
    fates = {}
    for number in range(0, 40):
        dynamodb.update_item(
            TableName=TABLE,
            Key=key(number),
            UpdateExpression="SET #n = :n REMOVE #t",
            ExpressionAttributeNames={"#n": "number", "#t": "text"},
            ExpressionAttributeValues={":n": {"N": "7"}},
        )
        fates[number] = {"Metadata", "Keys", "OldImage", "NewImage"}
    for number in range(40, 60):
        dynamodb.delete_item(TableName=TABLE, Key=key(number))
        fates[number] = {"Metadata", "Keys", "OldImage"}
    for number in range(ITEMS, ITEMS + 20):
        dynamodb.put_item(TableName=TABLE, Item=key(number))
        fates[number] = {"Metadata", "Keys", "NewImage"}
    for number in range(ITEMS + 20, ITEMS + 30):
        dynamodb.put_item(TableName=TABLE, Item=key(number))
        dynamodb.delete_item(TableName=TABLE, Key=key(number))
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": key(1000)}},
            {"Put": {"TableName": TABLE, "Item": key(1001)}},
        ]
    )
    fates[1000] = fates[1001] = {"Metadata", "Keys", "NewImage"}
    return fates


def latest_restorable():
    answer = dynamodb.describe_continuous_backups(TableName=TABLE)
    recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return recovery["LatestRestorableDateTime"]


def whole_second_from_now():
    second = datetime.datetime.fromtimestamp(int(time.time()) + 1, datetime.timezone.utc)
    while time.time() < second.timestamp():
        time.sleep(0.01)
    return second


def await_export(arguments):
    arn = dynamodb.export_table_to_point_in_time(**arguments)["ExportDescription"]["ExportArn"]

    def ended():
        description = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
        return None if description["ExportStatus"] == "IN_PROGRESS" else description

    description = wait_for("the export", ended)
    if description["ExportStatus"] != "COMPLETED":
        sys.exit(f"the export failed: {description['FailureCode']} {description['FailureMessage']}")
    return description


def read(object_key):
    return s3.get_object(Bucket=BUCKET, Key=object_key)["Body"].read()


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def read_verified(manifest_key):
    text = read(manifest_key)
    checksum = read(manifest_key.replace(".json", ".md5")).decode()
    check(checksum == md5(text), f"{manifest_key}: its MD5 does not match")
    return text.decode()


def records_of(description):
    summary = json.loads(read_verified(description["ExportManifest"]))
    check(summary["exportArn"] == description["ExportArn"], "the summary names another export")
    check(summary["itemCount"] == description["ItemCount"], "the summary has another count")
    records = []
    for line in read_verified(summary["manifestFilesS3Key"]).splitlines():
        entry = json.loads(line)
        body = read(entry["dataFileS3Key"])
        check(entry["md5Checksum"] == md5(body), f"{entry['dataFileS3Key']}: its MD5 does not match")
        lines = gzip.decompress(body).decode().splitlines()
        check(len(lines) == entry["itemCount"], f"{entry['dataFileS3Key']}: another count")
        records += [json.loads(record) for record in lines]
    check(len(records) == summary["itemCount"], "the files' records are not as many as promised")
    return records


def plain(attributes):
    """Values as Python has them; sets have no order, and bytes travel as base64 in exports."""
    deserialize = TypeDeserializer().deserialize
    return {name: unordered(deserialize(value)) for name, value in attributes.items()}


def unordered(value):
    if isinstance(value, Binary):
        return bytes(value)
    if isinstance(value, set):
        return frozenset(unordered(element) for element in value)
    if isinstance(value, list):
        return [unordered(element) for element in value]
    if isinstance(value, dict):
        return {name: unordered(element) for name, element in value.items()}
    return value


def decoded(value):
    """DynamoDB JSON with its base64 read, as boto3 gives it."""
    (kind, content), = value.items()
    if kind == "B":
        return {kind: base64.b64decode(content)}
    if kind == "BS":
        return {kind: [base64.b64decode(element) for element in content]}
    if kind == "L":
        return {kind: [decoded(element) for element in content]}
    if kind == "M":
        return {kind: {name: decoded(element) for name, element in content.items()}}
    return value


def image(attributes):
    return plain({name: decoded(value) for name, value in attributes.items()})


def identity(attributes):
    return attributes["pk"]["S"], attributes["sk"]["N"]


def main():
    table_arn = make_table()
    write_first()
    boundary = whole_second_from_now()
    fates = write_second()
    wait_for("the boundary to be restorable", lambda: latest_restorable() >= boundary or None)
    common = {"TableArn": table_arn, "S3Bucket": BUCKET, "S3Prefix": "roundtrip/exports"}

    full = records_of(await_export(common | {"ExportTime": boundary}))
    table = {identity(record["Item"]): image(record["Item"]) for record in full}
    check(len(table) == ITEMS, f"the full export has {len(table)} items, not {ITEMS}")

    end = whole_second_from_now()
    window = {
        "ExportFromTime": boundary,
        "ExportToTime": end,
        "ExportViewType": "NEW_AND_OLD_IMAGES",
    }
    incremental = {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": window}
    changes = records_of(await_export(common | incremental))
    check(len(changes) == len(fates), f"{len(changes)} changes, not {len(fates)}")
    for change in changes:
        who = identity(change["Keys"])
        expected = fates.get(int(who[1]))
        check(set(change) == expected, f"{who}: {sorted(change)}, not {sorted(expected or [])}")
        stamp = int(change["Metadata"]["WriteTimestampMicros"]["N"]) / 1e6
        check(boundary.timestamp() <= stamp < end.timestamp(), f"{who}: written outside the window")
        old = image(change["OldImage"]) if "OldImage" in change else None
        check(old == table.get(who), f"{who}: its old image is not what the full export has")
        if "NewImage" in change:
            table[who] = image(change["NewImage"])
        else:
            table.pop(who, None)

    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    scanned = {identity(item): plain(item) for page in pages for item in page["Items"]}
    check(table == scanned, "the exports do not amount to the table")

    for difference in differences:
        print(f"DIFFERENT: {difference}", file=sys.stderr)
    print(
        f"boto3 {boto3.__version__}: {len(full)} items, {len(changes)} changes, "
        f"{len(scanned)} items in the end, {len(differences)} differences"
    )
    sys.exit(1 if differences else 0)


main()
