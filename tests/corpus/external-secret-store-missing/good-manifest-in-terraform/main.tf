resource "kubectl_manifest" "store" {
  yaml_body = <<-EOT
    apiVersion: external-secrets.io/v1
    kind: ClusterSecretStore
    metadata:
      name: vault
  EOT
}
