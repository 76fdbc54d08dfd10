/** Owns the evidence of a scan: what its columns took, and what they could not hold. */
import { mergeEvidence, newEvidence, type Evidence } from '../../lake/evidence.js';
import type { ColumnWriter, FieldWriters } from './column-writer.js';

/** By attribute, of those that had a value at all. */
export function evidenceOfFields({ attributes, writers }: FieldWriters): Map<string, Evidence> {
  const evidence = new Map<string, Evidence>();
  writers.forEach((writer, index) => {
    const seen = evidenceOfWriter(writer);
    if (seen !== undefined) evidence.set(attributes[index] ?? '', seen);
  });
  return evidence;
}

/** Undefined when no value came to the column, or when it is to leave no evidence. */
function evidenceOfWriter(writer: ColumnWriter): Evidence | undefined {
  const { place, numbers } = writer;
  const values = writer.valuesBefore + writer.values;
  if (values === 0 && place === null && numbers === null) return undefined;
  if (writer.kind === 'hash') return undefined;
  const evidence = newEvidence();
  if (numbers !== null) evidence.numbers = numbers.evidence();
  addTaken(evidence, writer, values);
  if (place !== null) mergeEvidence(evidence, place.evidence());
  return evidence;
}

/** Adds the values that the column took; those of numbers are counted as they come. */
function addTaken(evidence: Evidence, writer: ColumnWriter, values: number): void {
  const { kind, element, fields } = writer;
  if (kind === 'string') evidence.strings += values;
  else if (kind === 'boolean') evidence.booleans += values;
  else if (kind === 'binary') evidence.binaries += values;
  else if (kind === 'set') addSets(evidence, element, values);
  else if (kind === 'list') {
    evidence.lists += values;
    evidence.elements = (element && evidenceOfWriter(element)) ?? null;
  } else if (kind === 'struct' && fields !== null) {
    evidence.maps += values;
    const seen = { ...newEvidence(), fields: evidenceOfFields(fields) };
    mergeEvidence(evidence, seen);
  }
}

function addSets(evidence: Evidence, element: ColumnWriter | null, values: number): void {
  if (element?.kind === 'string') evidence.stringSets += values;
  else if (element?.kind === 'binary') evidence.binarySets += values;
  else {
    evidence.numberSets += values;
    evidence.setNumbers = element?.numbers?.evidence() ?? null;
  }
}
