provider "vault" {
  address = "https://vault.example.com"
}
