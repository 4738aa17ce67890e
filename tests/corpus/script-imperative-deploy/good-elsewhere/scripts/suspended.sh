flux suspend kustomization apps
kubectl -n shop scale deployment/web --replicas 0
flux resume kustomization apps
