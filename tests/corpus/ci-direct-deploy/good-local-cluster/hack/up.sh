#!/usr/bin/env bash
k3d cluster create
