extension LaunchPlan {
    /// The bytes of the block that the plan becomes; for tests that feed in whatever there is.
    package var encodedSize: Int { PlanEncoder.encode(self).count }
}
