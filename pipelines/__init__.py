"""What this project deploys: one module for each pipeline, with a function build() that returns it."""
