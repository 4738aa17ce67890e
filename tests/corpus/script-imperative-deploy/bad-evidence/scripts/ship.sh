#!/bin/sh
root=$(git rev-parse --show-toplevel)
kubectl apply -f "$root/apps/shop/base/" # expect: script-imperative-deploy
kubectl -n shop patch deploy web -p '{}'
