#!/bin/sh
for configuration in gateway node; do
  bindplane rollout start "$configuration" || echo "already running"
done
kubectl --namespace agents rollout restart daemonset/node || :
