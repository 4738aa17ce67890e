#!/usr/bin/env bash
set -e
helm upgrade web ./chart # expect: ci-direct-deploy
kubectl get pods
