using System.Text.Json.Serialization;

namespace Lepton.Orleans.Clustering.Consul.Membership;

/// <summary>The JSON of rows.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(SiloRow))]
[JsonSerializable(typeof(DateTime))]
internal sealed partial class RowJson : JsonSerializerContext;
