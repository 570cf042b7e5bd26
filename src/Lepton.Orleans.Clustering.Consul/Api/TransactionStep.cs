using System.Text.Json.Serialization;

namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>An operation as Consul's transactions wrap it.</summary>
internal sealed record TransactionStep([property: JsonPropertyName("KV")] KeyOperation Operation);
