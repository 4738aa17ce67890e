#!/bin/sh
kubectl apply -f cart
