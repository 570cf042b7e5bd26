#!/usr/bin/env bash
# Prints deploy/prometheus/lepton.rules.yml as the resource that the Prometheus operator reads. After a change of the rules:
#
#   deploy/scripts/prometheus-rule.sh >deploy/kubernetes/components/prometheus/prometheus-rule.yaml
set -euo pipefail
cd "$(dirname "$0")/../.."

cat <<END_OF_HEAD
# Made by deploy/scripts/prometheus-rule.sh of deploy/prometheus/lepton.rules.yml: change that one.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: lepton
  labels:
    app.kubernetes.io/part-of: lepton
spec:
END_OF_HEAD
sed 's/^./  &/' deploy/prometheus/lepton.rules.yml
