using System.Text.Json.Serialization;

namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>One operation of a transaction on keys.</summary>
/// <param name="Verb">What is done, as Consul names it.</param>
/// <param name="Key">The whole key.</param>
/// <param name="Value">The new content.</param>
/// <param name="Index">The index that the entry must still have; 0: it must not exist.</param>
internal sealed record KeyOperation(string Verb, string Key, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? Value = null, ulong Index = 0)
{
    /// <summary>Writes an entry that nobody has written since.</summary>
    public static KeyOperation Set(string key, byte[] value, ulong index) => new("cas", key, value, index);

    /// <summary>Deletes an entry that nobody has written since.</summary>
    public static KeyOperation Delete(string key, ulong index) => new("delete-cas", key, Index: index);

    /// <summary>Deletes an entry, whatever it holds.</summary>
    public static KeyOperation Delete(string key) => new("delete", key);
}
