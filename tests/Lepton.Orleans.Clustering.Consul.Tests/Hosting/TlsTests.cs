using Lepton.Orleans.ClusterTests.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Clustering.Consul.Tests.Hosting;

/// <summary>A real Consul that is asked over TLS, and asks for a certificate itself.</summary>
public sealed class TlsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_with_a_certificate_joins_over_TLS_and_others_are_refused_by_either_side()
    {
        using var folder = new CertificateFolder();
        using var strangers = new CertificateFolder();
        await using var consul = ConsulProcess.WithTlsOrSkip(folder.Authority, folder.Certificate, folder.Key);
        await consul.StartAsync(Cancelled);

        await using var member = Services(consul, folder, folder);
        Assert.True(await member.Table().InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));
        Assert.Single((await member.Table().ReadAllAsync(Cancelled)).Members);

        await RefusedAsync(consul, authorities: folder, certificates: null);
        await RefusedAsync(consul, authorities: folder, certificates: strangers);
        await RefusedAsync(consul, authorities: strangers, certificates: folder);
    }

    private static async Task RefusedAsync(ConsulProcess consul, CertificateFolder authorities, CertificateFolder? certificates)
    {
        await using var services = Services(consul, authorities, certificates);

        // A write, which is not tried again.
        await Assert.ThrowsAsync<ConsulException>(() => services.Table().UpdateIAmAliveAsync(Entries.Of(1), Cancelled));
    }

    private static ServiceProvider Services(ConsulProcess consul, CertificateFolder authorities, CertificateFolder? certificates) => ConsulServices.Create("c", options =>
        (options.Address, options.CertificateAuthorityFile, options.ClientCertificateFile, options.ClientKeyFile) =
        (consul.TlsAddress, authorities.Authority, certificates?.Certificate, certificates?.Key));
}
