kubectl apply -f ./web.yaml # expect: script-imperative-deploy
