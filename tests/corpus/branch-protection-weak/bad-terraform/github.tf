resource "github_branch_protection" "main" {
  repository_id = github_repository.gitops.node_id
  pattern       = "main" # expect: branch-protection-weak=warning

  required_status_checks {
    strict = true
  }
}

resource "github_branch_protection" "reviewed" {
  pattern             = "main"
  enforce_admins      = false
  allows_force_pushes = true # expect: branch-protection-weak=warning
  required_status_checks {}
  required_pull_request_reviews {
    required_approving_review_count = 1
  }
}

resource "github_branch_protection_v3" "old" {
  branch = github_repository.gitops.default_branch # expect: branch-protection-weak=note
  required_pull_request_reviews {}
}

resource "github_repository_ruleset" "main" {
  name        = "main"
  target      = "branch"
  enforcement = "evaluate" # expect: branch-protection-weak
  rules {
    pull_request {
      required_approving_review_count = 0
    }
  }
}

resource "gitlab_branch_protection" "main" {
  branch            = "main"
  push_access_level = "developer" # expect: branch-protection-weak
}
