namespace Lepton.Orleans;

/// <summary>A JSON document as UTF-8 bytes, ready to be written to a response: a list is serialised once, where it is ranked.</summary>
/// <param name="Utf8Json">The bytes; never changed after they were handed over.</param>
[GenerateSerializer, Immutable, Alias("lepton.ListPayload")]
public readonly record struct ListPayload([property: Id(0)] ReadOnlyMemory<byte> Utf8Json);
