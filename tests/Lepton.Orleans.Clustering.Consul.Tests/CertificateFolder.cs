using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lepton.Orleans.Clustering.Consul.Tests;

/// <summary>An authority, and a certificate from it for 127.0.0.1 and for clients, as PEM files.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset Until = From.AddDays(10);

    private readonly string _path = Directory.CreateTempSubdirectory("lepton-certificates-").FullName;

    public CertificateFolder() => Renew();

    public string Authority => Path.Combine(_path, "authority.pem");

    public string Certificate => Path.Combine(_path, "certificate.pem");

    public string Key => Path.Combine(_path, "key.pem");

    /// <summary>Replaces all of them.</summary>
    public void Renew()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var authority = request.CreateSelfSigned(From, Until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var certificate = request.Create(authority, From, Until, RandomNumberGenerator.GetBytes(16));

        File.WriteAllText(Authority, authority.ExportCertificatePem());
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Writes a file of another content, and says where it is.</summary>
    public string Write(string name, string content)
    {
        var file = Path.Combine(_path, name);
        File.WriteAllText(file, content);
        return file;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
