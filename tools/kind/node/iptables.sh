#!/bin/sh
# Prints a tar of iptables and the libraries that it loads: all that kube-proxy needs beside its own binary.
set -eu
cd /
commands=$(echo usr/sbin/ip*tables* usr/sbin/xtables-nft-multi usr/sbin/nft)
libraries=$(ldd $commands 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | sort -u | sed 's#^/##')
tar --create --dereference --hard-dereference $commands $libraries $(find usr/lib -type d -name xtables)
