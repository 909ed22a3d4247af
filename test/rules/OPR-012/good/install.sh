#!/bin/sh
set -e
kubectl apply -f https://github.com/open-telemetry/opentelemetry-operator/releases/download/v0.150.0/opentelemetry-operator.yaml
