namespace Lepton.Orleans.Clustering.Consul.Membership;

/// <summary>A silo's vote that another is dead.</summary>
internal sealed record Suspicion(string Id, DateTime Time);
