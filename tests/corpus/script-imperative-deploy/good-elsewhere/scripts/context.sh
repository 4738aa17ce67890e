kubectl --context minikube apply -k apps/shop/prod
