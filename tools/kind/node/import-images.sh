#!/bin/sh
# Runs in the node image while it is made: puts the control plane's images (standard input) into containerd's store.
set -eu
containerd > /tmp/containerd.log 2>&1 < /dev/null &
daemon=$!
tries=0
until ctr version > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { cat /tmp/containerd.log; exit 1; }
  sleep 0.2
done
ctr --namespace k8s.io images import --all-platforms --no-unpack -
kill "$daemon"
wait "$daemon" || true
rm /tmp/containerd.log
