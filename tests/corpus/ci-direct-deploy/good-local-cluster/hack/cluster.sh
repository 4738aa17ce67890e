minikube start
