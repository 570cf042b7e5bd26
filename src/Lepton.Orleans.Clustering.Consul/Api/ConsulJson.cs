using System.Text.Json.Serialization;

namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>The JSON of Consul's API.</summary>
[JsonSerializable(typeof(KeyValue[]))]
[JsonSerializable(typeof(TransactionStep[]))]
[JsonSerializable(typeof(TransactionAnswer))]
[JsonSerializable(typeof(ServiceDefinition))]
internal sealed partial class ConsulJson : JsonSerializerContext;
