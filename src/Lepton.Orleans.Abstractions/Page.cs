namespace Lepton.Orleans;

/// <summary>One page of an enumeration that meets every entry exactly once while writes go on.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Entries">The entries of this page.</param>
/// <param name="Cursor">Where the next page starts; empty after the last one, and only there: a page may be short, or without entries.</param>
[GenerateSerializer, Immutable, Alias("lepton.Page`1")]
public sealed record Page<T>([property: Id(0)] IReadOnlyList<T> Entries, [property: Id(1)] string Cursor);
