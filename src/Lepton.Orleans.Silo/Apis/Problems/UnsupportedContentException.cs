namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>The body is not said to be JSON in UTF-8. Becomes a 415.</summary>
/// <param name="contentType">The Content-Type that was sent.</param>
internal sealed class UnsupportedContentException(string contentType)
    : Exception($"Content-Type must be application/json in UTF-8 (or absent), not '{contentType}'.");
