#!/bin/sh
set -e
bindplane rollout start gateway
kubectl apply -f k8s/ --dry-run=client || true
