using System.Net;

namespace Lepton.Orleans.Silo.Security;

/// <summary>Without keys everyone who reaches the service may do everything; so nobody but this machine may reach it.</summary>
internal static class LoopbackRule
{
    /// <summary>Throws where an address can be reached from elsewhere and no key exists.</summary>
    /// <param name="addresses">What the server listens on, such as <c>http://0.0.0.0:8088</c>.</param>
    /// <param name="hasKeys">Whether <c>Lepton:ApiKeys</c> has any.</param>
    /// <exception cref="UnprotectedAddressException">There is such an address.</exception>
    public static void Check(IEnumerable<string> addresses, bool hasKeys)
    {
        if (!hasKeys && addresses.FirstOrDefault(address => !IsLoopback(address)) is { } open)
        {
            throw new UnprotectedAddressException(open);
        }
    }

    /// <summary>Whether an address can be reached from this machine alone.</summary>
    public static bool IsLoopback(string address)
    {
        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return false;
        }

        // A host name that is not localhost is bound to every address.
        return binding.IsUnixPipe || binding.IsNamedPipe
            || string.Equals(binding.Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(binding.Host, out var ip) && IPAddress.IsLoopback(ip));
    }
}
