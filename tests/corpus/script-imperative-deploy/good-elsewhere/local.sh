kubectl apply -k apps/shop/prod
