namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>The body is not said to be plain JSON in UTF-8. Becomes a 415.</summary>
/// <param name="header">The header that says so.</param>
/// <param name="rule">What it must be.</param>
/// <param name="value">What it is.</param>
internal sealed class UnsupportedContentException(string header, string rule, string value)
    : Exception($"{header} must be {rule} (or absent), not '{value}'.");
