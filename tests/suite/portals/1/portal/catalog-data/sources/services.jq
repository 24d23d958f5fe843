.metadata.labels = { "acme.example/read": "yes" }
