package kron4j.backend.cpu;

import kron4j.backend.*;

final class CpuLinalg implements LinalgBackend {
    CpuLinalg(CpuBackend b) {}

    @Override
    public void lu(View a, View p, View i) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void luSolve(View l, View p, boolean t, View b) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void triangularSolve(View t, boolean u, boolean tr, boolean un, View b) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void cholesky(View a, View i) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void qr(View a, View q, View r) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void svd(View a, View u, View s, View v, View i) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void svdvals(View a, View s, View i) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void eigh(View a, View w, View i) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void slogdet(View l, View p, View s, View g) {
        throw new UnsupportedOperationException("in progress");
    }

    @Override
    public void slogdetCompensated(View a, View s, View l) {
        throw new UnsupportedOperationException("in progress");
    }
}
