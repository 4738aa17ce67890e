module "secret_store" {
  source = "./modules/secret-store"
  name   = "aws-parameters"
}
