namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>What the request names does not exist. Becomes a 404.</summary>
/// <param name="what">What is missing, such as <c>The user 'alice'</c>.</param>
internal sealed class NotFoundException(string what) : Exception($"{what} does not exist.");
