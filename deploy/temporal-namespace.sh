#!/bin/sh
# Creates the namespace that Weir works in, unless it is there. Runs in temporalio/admin-tools.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h
# The frontend needs a moment until it knows a new namespace.
until temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do sleep 1; done
