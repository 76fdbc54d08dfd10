#!/bin/sh
# Makes the namespace unless it is there. Finished runs are kept for 30 days, time enough to look
# into what went wrong.
set -eu

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  echo "The namespace $TEMPORAL_NAMESPACE is there."
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d
fi
