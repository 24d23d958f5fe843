#!/bin/sh
# The relevance of search on judged questions: success@1 and nDCG@10 by class of question, and each answer that is
# not the best one.
set -eu
cd "$(dirname "$0")/.."
cargo test --locked --quiet --test suite relevance:: -- --nocapture | sed -n '/^class/,/^test result/p' | grep -v '^test result'
