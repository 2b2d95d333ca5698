#!/bin/sh
# Prints a tar of iptables and the libraries that it loads: all that kube-proxy needs beside its own binary.
set -eu
cd /
commands=$(echo usr/sbin/ip*tables* usr/sbin/xtables-nft-multi usr/sbin/nft)
extensions=$(find usr/lib -type d -name xtables)
# An extension may need more than the commands do: statistic, which spreads a Service over its pods, needs libm.
libraries=$(ldd $commands $(find $extensions -name '*.so') 2>/dev/null | grep -v ':$' | grep -o '/[^ ]*\.so[^ ]*' | sort -u | sed 's#^/##')
tar --create --dereference --hard-dereference $commands $libraries $extensions
