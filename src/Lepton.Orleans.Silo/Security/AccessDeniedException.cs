namespace Lepton.Orleans.Silo.Security;

/// <summary>The caller has no key, or one whose role is not enough. Becomes a 401 or a 403.</summary>
/// <param name="status">401 or 403.</param>
/// <param name="message">What is needed.</param>
internal sealed class AccessDeniedException(int status, string message) : Exception(message)
{
    /// <summary>401 or 403.</summary>
    public int Status { get; } = status;
}
