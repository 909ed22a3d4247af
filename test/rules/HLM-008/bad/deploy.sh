#!/bin/sh
set -eu
helm repo add open-telemetry https://open-telemetry.github.io/opentelemetry-helm-charts
helm upgrade --install gateway open-telemetry/opentelemetry-collector \
  --version 0.134.0 \
  --namespace observability \
  --values values.yaml \
  --set replicas=3,presets.k8sattributes.enabled=true \
  --set config.processors.k8sattributes.enabled=true
