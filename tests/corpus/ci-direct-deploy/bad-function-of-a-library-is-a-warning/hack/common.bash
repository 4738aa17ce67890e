#!/usr/bin/env bash
function restart_pods {
  kubectl delete pods -l app=catalogue # expect: ci-direct-deploy=warning
}
