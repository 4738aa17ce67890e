kubectl scale deployment/web --replicas 1
