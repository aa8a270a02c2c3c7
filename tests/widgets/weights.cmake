convolab_test(tst_weight_views SOURCES tst_weight_views.cpp LIBS convolab_widgets GUI offscreen)
