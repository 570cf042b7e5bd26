namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>An entry of Consul's key-value store.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Value">The content; null where it is empty.</param>
/// <param name="ModifyIndex">Raft's index of the write that the entry is from.</param>
internal sealed record KeyValue(string Key, byte[]? Value, ulong ModifyIndex);
