#!/bin/sh
cp deploy/operator.yaml "config/manager/$MODE/"
