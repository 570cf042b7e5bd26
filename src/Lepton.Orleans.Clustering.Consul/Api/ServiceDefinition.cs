namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>A service as an agent is told of it.</summary>
internal sealed record ServiceDefinition(string Id, string Name, string Address, int Port, IReadOnlyList<string> Tags, ServiceCheck Check);
