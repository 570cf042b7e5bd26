using System.Text.Json.Serialization;

namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>How an agent finds out whether a service is well: times are Go durations.</summary>
internal sealed record ServiceCheck(
    string Name,
    [property: JsonPropertyName("HTTP")] Uri Http,
    string Interval,
    string Timeout,
    [property: JsonPropertyName("TLSSkipVerify")] bool SkipsVerification,
    string DeregisterCriticalServiceAfter);
