#!/bin/sh
kubectl create configmap cluster-facts -n flux-system --from-literal=DOMAIN="$1"
