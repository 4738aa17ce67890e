# resource "github_branch_protection" "main" { pattern = "main" }
resource "github_branch_protection" "main" {
  pattern        = "main"
  enforce_admins = var.enforce
  dynamic "required_pull_request_reviews" {
    for_each = var.reviews
    content {}
  }
  dynamic "required_status_checks" {
    for_each = var.checks
    content {}
  }
}
resource "github_branch_protection" "pages" {
  pattern = "gh-pages"
}
resource "github_branch_protection" "each" {
  for_each = var.branches
  pattern  = each.value
}
resource "github_repository_ruleset" "signed" {
  name        = "signed"
  target      = "branch"
  enforcement = "active"
  rules {
    required_signatures = true
  }
}
resource "github_repository_ruleset" "tags" {
  name        = "tags"
  target      = "tag"
  enforcement = "disabled"
}
resource "gitlab_branch_protection" "main" {
  branch            = "main"
  push_access_level = "no one"
}
