#!/bin/sh
echo "usage: pass some settings"
