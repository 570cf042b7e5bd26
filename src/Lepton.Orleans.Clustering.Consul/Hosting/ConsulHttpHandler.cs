using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Connections to Consul.</summary>
internal static class ConsulHttpHandler
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Makes the handler that the options describe.</summary>
    public static SocketsHttpHandler Create(ConsulClusteringOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,

            // The agent is beside the silo: what proxies there are lead elsewhere.
            UseProxy = options.Address?.IsLoopback != true,
        };
        if (options.CertificateAuthorityFile is { } authorities)
        {
            handler.SslOptions.CertificateChainPolicy = Trust(authorities);
        }

        if (options.ClientCertificateFile is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(certificate, options.ClientKeyFile ?? certificate), additionalCertificates: null);
        }

        return handler;
    }

    private static X509ChainPolicy Trust(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }
}
