using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lepton.Orleans.Clustering.Consul.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>
/// Connections to Consul. The files of certificates are read again for every handler, every few minutes, so that renewed ones
/// are used; those that cannot be read, being replaced perhaps, leave it at what there was.
/// </summary>
internal sealed class ConsulHttpHandler(IOptions<ConsulClusteringOptions> options, ILogger<ConsulHttpHandler> logger)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private (X509ChainPolicy? Authorities, SslStreamCertificateContext? Certificate)? _last;

    /// <summary>Makes the handler that the options describe.</summary>
    public SocketsHttpHandler Create()
    {
        var (authorities, certificate) = Certificates();
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,

            // The agent is beside the silo: what proxies there are lead elsewhere.
            UseProxy = options.Value.Address?.IsLoopback != true,
        };
        handler.SslOptions.CertificateChainPolicy = authorities;
        handler.SslOptions.ClientCertificateContext = certificate;
        return handler;
    }

    /// <summary>Reads the authorities that Consul's certificate may be from.</summary>
    /// <exception cref="CryptographicException">The file holds none.</exception>
    public static X509ChainPolicy ReadAuthorities(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException($"There is no certificate in '{file}'.");
    }

    /// <summary>Reads the certificate to show to Consul.</summary>
    /// <exception cref="CryptographicException">The files do not hold a certificate and its key.</exception>
    public static SslStreamCertificateContext ReadCertificate(string certificate, string? key) =>
        SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, key ?? certificate), additionalCertificates: null);

    /// <summary>Whether an exception is about a file of certificates.</summary>
    public static bool IsAboutFile(Exception exception) => exception is IOException or UnauthorizedAccessException or CryptographicException;

    private (X509ChainPolicy? Authorities, SslStreamCertificateContext? Certificate) Certificates()
    {
        var files = options.Value;
        try
        {
            _last = (
                files.CertificateAuthorityFile is { } authorities ? ReadAuthorities(authorities) : null,
                files.ClientCertificateFile is { } certificate ? ReadCertificate(certificate, files.ClientKeyFile) : null);
        }
        catch (Exception exception) when (_last is not null && IsAboutFile(exception))
        {
            // The factory of HTTP clients would keep the exception for good.
            logger.CertificatesNotRead(exception.Message);
        }

        return _last.Value;
    }
}
