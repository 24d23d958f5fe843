#!/bin/sh
# Whether search finds what people mean: success@1 and nDCG@10 by class of question, and what is not the best.
set -eu
cd "$(dirname "$0")/.."
cargo test --locked --quiet --test suite relevance:: -- --nocapture | sed -n '/^class/,/^test result/p' | grep -v '^test result'
