#!/usr/bin/env bash
source "$(dirname "$0")/common.bash"
echo bumped
